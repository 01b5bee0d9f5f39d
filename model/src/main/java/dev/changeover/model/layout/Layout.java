package dev.changeover.model.layout;

/** Where an entity's records live in a store, and how each part of a record is found there. */
public sealed interface Layout permits DocumentLayout, LinesLayout, TableLayout {}
