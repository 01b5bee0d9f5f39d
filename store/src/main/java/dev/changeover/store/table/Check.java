package dev.changeover.store.table;

/**
 * What a database was asked, and what was found.
 *
 * @param figure in few words
 * @param reason what is wrong and what to do; empty if it passed
 */
public record Check(boolean passed, String figure, String reason) {}
