@NullMarked
package dev.changeover.verifier.deepscan;

import org.jspecify.annotations.NullMarked;
