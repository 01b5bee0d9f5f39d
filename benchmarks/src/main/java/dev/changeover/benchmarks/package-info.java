/** What the parts cost: each class is a set of measurements with a {@code main} that runs it and prints a table. */
@NullMarked
package dev.changeover.benchmarks;

import org.jspecify.annotations.NullMarked;
