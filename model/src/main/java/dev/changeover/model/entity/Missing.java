package dev.changeover.model.entity;

/** The two ways in which a field can have no value. They are different values: a file can tell them apart. */
public enum Missing {
    /** The record has no such member. */
    ABSENT,
    /** The record has the member, and it is {@code null}. */
    NULL
}
