@NullMarked
package dev.changeover.embedded;

import org.jspecify.annotations.NullMarked;
