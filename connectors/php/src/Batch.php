<?php

declare(strict_types=1);

namespace Roots;

/**
 * What goes out: batches of updates as JSON, checked as far as Roots would not
 * tell the caller what is wrong with them.
 *
 * @internal
 */
final class Batch
{
    private const MAX_PATH = 255;
    private const MAX_BODY = 1 << 20;
    private const JSON = JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_LINE_TERMINATORS
        | JSON_PRESERVE_ZERO_FRACTION;

    /** Returns the body of a batch, null if there are no updates. */
    public static function encode(iterable $updates): ?string
    {
        $items = [];
        foreach ($updates as $update) {
            $items[] = self::item($update, count($items));
        }
        $body = '[' . implode(',', $items) . ']';
        if (strlen($body) > self::MAX_BODY) {
            $text = sprintf('the batch is %d bytes of JSON, at most %d are allowed', strlen($body), self::MAX_BODY);
            throw new CorneliusException($text, 413);
        }

        return $items === [] ? null : $body;
    }

    private static function item(mixed $update, int $index): string
    {
        $keys = is_array($update) ? array_keys($update) : [];
        if ($keys === [0, 1]) {
            $update = ['path' => $update[0], 'message' => $update[1]];
        } elseif (array_diff(['path', 'message'], $keys) !== []) {
            $text = "an update is a pair [path, message] or an array ['path' => …, 'message' => …], not " . self::show($update);
            throw new CorneliusException($text, 400, $index);
        }
        try {
            return json_encode(['path' => $update['path'], 'message' => $update['message']], self::JSON);
        } catch (\JsonException $cause) {
            throw new CorneliusException("a message is text, or what JSON knows: {$cause->getMessage()}", 400, $index, $cause);
        }
    }

    /**
     * Returns the updates that say who hears what.
     *
     * @return list<array{string, string}>
     */
    public static function connections(string $verb, string $id, string|iterable $pathOrPaths): array
    {
        $updates = [];
        foreach (is_string($pathOrPaths) ? [$pathOrPaths] : $pathOrPaths as $path) {
            $updates[] = [$verb, self::connection($id, $path, count($updates))];
        }

        return $updates;
    }

    /**
     * Makes the message of a connection, checked as Roots will check it: there a
     * bad one is only logged, where the caller does not see it.
     */
    private static function connection(string $id, mixed $path, int $index): string
    {
        if (preg_match('/^.+$/Dsu', $id) !== 1 || str_contains($id, '->')) {
            throw new CorneliusException(self::show($id) . ' is no id, such as a browser sends', 400, $index);
        }
        if (!is_string($path) || strlen($path) > self::MAX_PATH || preg_match('/^(?!::)\P{Cc}+$/Du', $path) !== 1) {
            $text = sprintf("%s can't be connected to: a path is printable text of 1 to %d bytes without '::' in front", self::show($path), self::MAX_PATH);
            throw new CorneliusException($text, 400, $index);
        }

        return "$id->$path";
    }

    /** Shows the beginning of a value in an error. */
    public static function show(mixed $value): string
    {
        $flags = JSON_INVALID_UTF8_IGNORE | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES;

        return is_string($value) ? (string) json_encode(substr($value, 0, 80), $flags) : get_debug_type($value);
    }
}
