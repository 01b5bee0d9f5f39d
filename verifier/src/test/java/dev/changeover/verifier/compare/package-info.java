@NullMarked
package dev.changeover.verifier.compare;

import org.jspecify.annotations.NullMarked;
