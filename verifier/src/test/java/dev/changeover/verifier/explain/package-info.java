@NullMarked
package dev.changeover.verifier.explain;

import org.jspecify.annotations.NullMarked;
