/**
 * Makes a first migration.yaml of what a legacy folder holds: which records there are, what identifies them, of what types their members are, and
 * what they refer to. What it could not tell is said in comments.
 */
@NullMarked
package dev.changeover.app.init;

import org.jspecify.annotations.NullMarked;
