/** Ends the life of records whose time has come: the definition says which field tells, and their deletion is a write like any other. */
@NullMarked
package dev.changeover.producer.expiry;

import org.jspecify.annotations.NullMarked;
