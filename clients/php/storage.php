<?php

declare(strict_types=1);

require_once __DIR__ . '/Changeover.php';

/**
 * Which store an application uses, by its environment: its own files, or the gateway.
 *
 *     DATA_STORAGE_TYPE            file (unless set), postgresql or sqlite
 *     USE_SQLITE                   true is DATA_STORAGE_TYPE=sqlite, false is file; both may be set if they agree
 *     MIGRATION_ENABLE_DUAL_WRITE  true: through the gateway, which writes both sides, although the type is file
 *     CHANGEOVER_DATA_DIR          where endpoint.json is, .changeover unless set
 *
 * $files makes the application's own store. Ask anew for each unit of work, and a changed variable counts from then on.
 */
function storage(string $migration, callable $files): object
{
    $types = ['file', 'postgresql', 'sqlite'];
    $kind = getenv('DATA_STORAGE_TYPE') ?: null;
    if ($kind !== null && !in_array($kind, $types, true)) {
        throw new InvalidArgumentException(sprintf('Invalid DATA_STORAGE_TYPE "%s": %s', $kind, implode(', ', $types)));
    }
    $sqlite = booleanVariable('USE_SQLITE');
    if ($sqlite !== null && $kind !== null && $sqlite !== ($kind === 'sqlite')) {
        throw new InvalidArgumentException("Invalid USE_SQLITE: it says something else than DATA_STORAGE_TYPE=$kind; set one of them");
    }
    $kind ??= $sqlite ? 'sqlite' : 'file';
    if ($kind === 'file' && booleanVariable('MIGRATION_ENABLE_DUAL_WRITE') !== true) {
        return $files();
    }
    return new Gateway($migration, getenv('CHANGEOVER_DATA_DIR') ?: '.changeover');
}

function booleanVariable(string $name): ?bool
{
    $text = (string) getenv($name);
    return match (strtolower(trim($text))) {
        'true', '1', 'yes', 'on' => true,
        'false', '0', 'no', 'off' => false,
        '' => null,
        default => throw new InvalidArgumentException(sprintf('Invalid %s "%s": true or false', $name, $text)),
    };
}
