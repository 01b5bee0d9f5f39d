/**
 * The stream processor between {@code writes} and {@code changes}: it decides about every event once, in the order of the log,
 * before any store sees it.
 */
@NullMarked
package dev.changeover.processor;

import org.jspecify.annotations.NullMarked;
