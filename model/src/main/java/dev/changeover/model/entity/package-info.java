/** What the application's data is: entities with typed fields, and records of them. Values are checked once, when they are read, and cannot be wrong afterwards. */
@NullMarked
package dev.changeover.model.entity;

import org.jspecify.annotations.NullMarked;
