@NullMarked
package dev.changeover.app.init;

import org.jspecify.annotations.NullMarked;
