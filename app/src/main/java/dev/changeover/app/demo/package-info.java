/** A whole migration told from start to end, on a copy of a migration's sample and with live writers. */
@NullMarked
package dev.changeover.app.demo;

import org.jspecify.annotations.NullMarked;
