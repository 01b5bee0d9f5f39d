<?php

declare(strict_types=1);

// One user's life, in the store that the environment names: php example.php USER_ID. Prints what it saw as one JSON document.

require_once __DIR__ . '/storage.php';

/** How the application did it before: a file for each user below DONNA_ROOT. */
final class UserFiles
{
    public function put(string $entity, array $key, array $fields): void
    {
        file_put_contents($this->file($key), json_encode(['id' => $key[0]] + $fields, JSON_PRETTY_PRINT), LOCK_EX);
    }

    public function get(string $entity, array $key): array
    {
        return json_decode(file_get_contents($this->file($key)), true);
    }

    private function file(array $key): string
    {
        return getenv('DONNA_ROOT') . '/data/users/' . $key[0] . '.json';
    }
}

function lived(string $user): array
{
    $store = storage('donna', fn () => new UserFiles());
    $now = date('c');
    $born = ['email' => "$user@example.com", 'profile' => ['language' => 'en', 'theme' => 'dark'], 'created_at' => $now, 'updated_at' => $now];
    if (!$store instanceof Gateway) {
        $store->put('users', [$user], $born);
        return ['store' => 'files', 'email' => $store->get('users', [$user])['email']];
    }
    $seen = ['store' => 'gateway', 'primary' => $store->primary()];
    $first = $store->put('users', [$user], $born, 'both', "$user-1");
    $again = $store->put('users', [$user], $born, 'both', "$user-1");
    $seen['applied'] = $first['applied'];
    $seen['same_write'] = $first['offset'] === $again['offset'];
    $store->patch('users', [$user], ['name' => 'Ada / Ω', 'profile' => ['theme' => null]]);
    $changed = $store->get('users', [$user]);
    $seen['name'] = $changed['name'];
    $seen['profile'] = $changed['profile'];
    [$found] = $store->page('users', ['email' => "$user@example.com"], 2);
    $seen['found'] = array_column($found, 'id');
    $put = array_map(fn (int $n): array => [
        'op' => 'put',
        'entity' => 'user_memory',
        'key' => ['user_id' => $user, 'memory_type' => 'notes', 'key' => "a/$n"],
        'fields' => ['value' => ["a/$n"], 'created_at' => $now],
    ], [1, 2, 3]);
    $seen['batch'] = array_column($store->batch($put, 'both'), 'status');
    $seen['memory'] = names($store, $user);
    try {
        $store->put('users', [$user], ['email' => 7]);
    } catch (Refused $refused) {
        $seen['refused'] = $refused->getCode();
    }
    $store->delete('user_memory', [$user, 'notes', 'a/1']);
    $seen['left'] = names($store, $user);
    $store->delete('users', [$user], 'both');
    $seen['deleted'] = $store->get('users', [$user]) === null;
    return $seen;
}

function names(Gateway $store, string $user): array
{
    return array_column(iterator_to_array($store->each('user_memory', ['user_id' => $user]), false), 'key');
}

echo json_encode(lived($argv[1]), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
