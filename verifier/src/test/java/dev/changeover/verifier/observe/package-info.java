@NullMarked
package dev.changeover.verifier.observe;

import org.jspecify.annotations.NullMarked;
