<?php

declare(strict_types=1);

/**
 * A client of Changeover's gateway in one file, with nothing but PHP's own streams (PHP 8.0 or newer).
 *
 *     $store = new Gateway('donna', '.changeover');
 *     $store->put('users', ['ada'], ['email' => 'ada@example.com', 'created_at' => date('c'), 'updated_at' => date('c')]);
 *
 * A write is repeated, always with the same Idempotency-Key, while the gateway is overloaded (429), cannot reach Kafka (503), answers
 * with another 5xx or breaks the connection, until the patience is over: it counts once, however often it is sent.
 */

/** The gateway's answer was no, and repeating it would not help. The code is the HTTP status. */
final class Refused extends RuntimeException
{
    public function __construct(int $status, public array $problem)
    {
        parent::__construct($problem['detail'] ?? $problem['title'] ?? '', $status);
    }
}

/** Patience is over. If it was a write, nobody knows whether it counts: repeat it with the same idempotency key. */
final class Unreachable extends RuntimeException
{
}

/** Records by entity and key. A key is the array of its values, in the definition's order. */
final class Gateway
{
    private ?string $primary = null;
    private float $primaryUntil = 0.0;

    /** Name a URL and a token instead of the data directory where endpoint.json cannot be read. Patience is in seconds. */
    public function __construct(
        private string $migration,
        private string $dataDir = '.changeover',
        private ?string $url = null,
        private ?string $token = null,
        private float $patience = 30.0,
    ) {
    }

    /** The record's fields, or null if there is none; from the primary, or from a side, "legacy" or "target". */
    public function get(string $entity, array $key, ?string $side = null): ?array
    {
        $found = $this->request('GET', $this->path($entity, $key, ['side' => $side]), null, [], true);
        return $found === null ? null : $found['fields'];
    }

    public function put(string $entity, array $key, array $fields, string $wait = 'primary', ?string $idempotencyKey = null): array
    {
        return $this->write('PUT', $entity, $key, $fields, $wait, $idempotencyKey);
    }

    /** As put, but Refused with code 409 if the record is there already. */
    public function create(string $entity, array $fields, string $wait = 'primary', ?string $idempotencyKey = null): array
    {
        return $this->write('POST', $entity, [], $fields, $wait, $idempotencyKey);
    }

    /** A JSON merge patch: it reaches into JSON fields, and null removes. Refused with code 404 if there is no record. */
    public function patch(string $entity, array $key, array $changes, string $wait = 'primary', ?string $idempotencyKey = null): array
    {
        return $this->write('PATCH', $entity, $key, $changes, $wait, $idempotencyKey);
    }

    public function delete(string $entity, array $key, string $wait = 'primary', ?string $idempotencyKey = null): array
    {
        return $this->write('DELETE', $entity, $key, null, $wait, $idempotencyKey);
    }

    /** Lines ['op' => 'put|patch|delete', 'entity', 'key' => [...], 'fields' => [...]]: all of them are on the log, or none. */
    public function batch(array $lines, string $wait = 'primary', ?string $idempotencyKey = null): array
    {
        $body = implode('', array_map(fn (array $line): string => self::json($line) . "\n", $lines));
        $headers = ['Content-Type: application/x-ndjson', 'Idempotency-Key: ' . ($idempotencyKey ?? bin2hex(random_bytes(16)))];
        return $this->request('POST', $this->path('batch', [], $this->waiting($wait)), $body, $headers)['results'];
    }

    /** A page of records in key order: [[fields, ...], cursor of the next page or null]. $equal are filters. */
    public function page(string $entity, array $equal = [], int $limit = 100, ?string $after = null): array
    {
        $page = $this->request('GET', $this->path($entity, [], ['limit' => $limit, 'after' => $after] + $equal));
        return [array_column($page['items'], 'fields'), $page['next']];
    }

    /** All records, page by page. */
    public function each(string $entity, array $equal = []): Generator
    {
        $after = null;
        do {
            [$records, $after] = $this->page($entity, $equal, 1000, $after);
            foreach ($records as $record) {
                yield $record;
            }
        } while ($after !== null);
    }

    /** Which side counts now, "legacy" or "target": the flag to poll for code that still reads a side by itself. */
    public function primary(float $atMostSecondsOld = 0.0): string
    {
        if ($this->primary === null || microtime(true) >= $this->primaryUntil) {
            $this->primary = $this->request('GET', $this->path('primary', []))['primary'];
            $this->primaryUntil = microtime(true) + $atMostSecondsOld;
        }
        return $this->primary;
    }

    private function write(string $method, string $entity, array $key, ?array $fields, string $wait, ?string $idempotencyKey): array
    {
        $headers = ['Content-Type: application/json', 'Idempotency-Key: ' . ($idempotencyKey ?? bin2hex(random_bytes(16)))];
        $body = $fields === null ? null : self::json((object) $fields);
        return $this->request($method, $this->path($entity, $key, $this->waiting($wait)), $body, $headers);
    }

    private function waiting(string $wait): array
    {
        return ['wait' => $wait, 'timeout_ms' => (int) ($this->patience * 500)];
    }

    /** 10.0 stays a float, and text that is no UTF-8 is an error rather than an empty body. */
    private static function json(mixed $value): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION);
    }

    private function path(string $entity, array $key, array $query = []): string
    {
        $parts = array_map(fn ($part): string => rawurlencode((string) $part), [$this->migration, $entity, ...$key]);
        $given = array_filter($query, fn ($value): bool => $value !== null);
        return '/v1/' . implode('/', $parts) . ($given === [] ? '' : '?' . http_build_query($given));
    }

    /** Where it is now: after a restart it may have another port and another token. */
    private function endpoint(): array
    {
        if ($this->url !== null) {
            return ['url' => $this->url, 'token' => $this->token];
        }
        $text = @file_get_contents($this->dataDir . '/endpoint.json');
        return $text === false ? [] : (json_decode($text, true) ?? []);
    }

    private function request(string $method, string $path, ?string $body = null, array $headers = [], bool $absent = false): ?array
    {
        $deadline = microtime(true) + $this->patience;
        for ($attempt = 0;; $attempt++) {
            $status = 0;
            $retryAfter = 0.0;
            $answer = null;
            $endpoint = $this->endpoint();
            if (isset($endpoint['url'])) {
                [$status, $retryAfter, $answer] = $this->send($endpoint, $method, $path, $body, $headers);
            }
            if ($status >= 200 && $status < 300 && $answer !== null) {
                return $answer;
            }
            if ($status === 404 && $absent) {
                return null;
            }
            if ($status >= 300 && $status < 500 && $status !== 429) {
                throw new Refused($status, $answer ?? []);
            }
            $pause = max($retryAfter, min(2.0, 0.05 * 2 ** $attempt) * (0.5 + mt_rand() / mt_getrandmax()));
            if (microtime(true) + $pause > $deadline) {
                $why = $status === 0 ? 'no answer' : $status . ': ' . ($answer['detail'] ?? '');
                throw new Unreachable(sprintf('%s %s, %d times: %s', $method, $path, $attempt + 1, $why));
            }
            usleep((int) ($pause * 1e6));
        }
    }

    /** Status (0 if the connection broke), seconds to wait, and the document (null if it was cut off). */
    private function send(array $endpoint, string $method, string $path, ?string $body, array $headers): array
    {
        if (!empty($endpoint['token'])) {
            $headers[] = 'Authorization: Bearer ' . $endpoint['token'];
        }
        $http = ['method' => $method, 'header' => $headers, 'ignore_errors' => true, 'timeout' => $this->patience, 'protocol_version' => 1.1];
        $http['header'][] = 'Connection: close';
        if ($body !== null) {
            $http['content'] = $body;
        }
        $http_response_header = [];
        $text = @file_get_contents($endpoint['url'] . $path, false, stream_context_create(['http' => $http]));
        if ($text === false || !preg_match('~^HTTP/\S+ (\d+)~', $http_response_header[0] ?? '', $found)) {
            return [0, 0.0, null];
        }
        $retryAfter = 0.0;
        foreach ($http_response_header as $line) {
            if (stripos($line, 'Retry-After:') === 0) {
                $retryAfter = (float) substr($line, 12);
            }
        }
        return [(int) $found[1], $retryAfter, json_decode($text, true)];
    }
}
