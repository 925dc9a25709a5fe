<?php

declare(strict_types=1);

namespace Roots;

/**
 * An answer over HTTP, read from the bytes that came.
 *
 * @internal
 */
final class Answer
{
    private const MAX = 1 << 16; // Dudley's longest is far shorter

    /** @param bool $keep whether the connection may be used again */
    private function __construct(
        private readonly int $status,
        private readonly string $body,
        public readonly bool $keep,
    ) {
    }

    /**
     * Returns the answer at the front of what came, null if there must come more
     * of it.
     *
     * @param bool $ended nothing more comes
     * @throws \RuntimeException if it will never be an answer
     */
    public static function parse(string $raw, bool $ended): ?self
    {
        if (strlen($raw) > self::MAX) {
            throw new \RuntimeException('the answer is longer than ' . self::MAX . ' bytes');
        }
        do {
            [$head, $found, $raw] = self::cut($raw, "\r\n\r\n");
            if (!$found && !$ended) {
                return null;
            }
            if (!$found || preg_match('~^HTTP/1\.[01] (\d{3})(?: [^\r]*)?(?:\r\n|$)~D', $head, $match) !== 1) {
                throw new \RuntimeException('the answer is no HTTP, or was cut: ' . Batch::show($head));
            }
            $status = (int) $match[1];
        } while ($status >= 100 && $status < 200);
        [$body, $left] = self::body($status, $head, $raw, $ended) ?? ($ended ? throw new \RuntimeException('the answer was cut') : [null, '']);
        $keep = str_starts_with($head, 'HTTP/1.1') && stripos(self::header($head, 'Connection'), 'close') === false && $left === '' && !$ended;

        return $body === null ? null : new self($status, $body, $keep);
    }

    /**
     * Returns the body and what follows it, null if it is not whole.
     *
     * @return ?array{string, string}
     */
    private static function body(int $status, string $head, string $raw, bool $ended): ?array
    {
        if ($status === 204 || $status === 304) {
            return ['', $raw];
        }
        if (stripos(self::header($head, 'Transfer-Encoding'), 'chunked') !== false) {
            return self::chunks($raw);
        }
        $size = self::header($head, 'Content-Length');
        if ($size === '') {
            return $ended ? [$raw, ''] : null;
        }
        if (preg_match('/^\d{1,8}$/D', $size) !== 1) {
            throw new \RuntimeException(Batch::show($size) . ' is no length');
        }

        return strlen($raw) < (int) $size ? null : [substr($raw, 0, (int) $size), substr($raw, (int) $size)];
    }

    /** @return ?array{string, string} */
    private static function chunks(string $raw): ?array
    {
        for ($body = ''; ; $body .= substr($raw, 0, $size), $raw = substr($raw, $size + 2)) {
            [$line, $found, $raw] = self::cut($raw, "\r\n");
            if (!$found) {
                return null;
            }
            if (preg_match('/^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?$/D', $line, $match) !== 1) {
                throw new \RuntimeException(Batch::show($line) . ' is no size of a chunk');
            }
            $size = (int) hexdec($match[1]);
            if ($size === 0) {
                break;
            }
            if (strlen($raw) < $size + 2) {
                return null;
            }
        }
        do { // what may follow the last chunk goes up to an empty line
            [$line, $found, $raw] = self::cut($raw, "\r\n");
        } while ($found && $line !== '');

        return $found ? [$body, $raw] : null;
    }

    /** @return array{string, bool, string} what is before, whether it is there, what is after */
    private static function cut(string $text, string $at): array
    {
        $parts = explode($at, $text, 2);

        return [$parts[0], isset($parts[1]), $parts[1] ?? ''];
    }

    private static function header(string $head, string $name): string
    {
        return preg_match("/^$name:[ \t]*([^\r\n]*?)[ \t]*\r?$/im", $head, $match) === 1 ? $match[1] : '';
    }

    /**
     * Returns if Dudley took the batch.
     *
     * @throws CorneliusException
     */
    public function judge(): void
    {
        $told = json_decode($this->body, true);
        $told = is_array($told) ? $told : [];
        if ($this->status === 200 && ($told['success'] ?? null) === true) {
            return;
        }
        if ($this->status >= 400 && $this->status < 500 && is_string($told['error'] ?? null)) {
            $index = $told['index'] ?? null;
            throw new CorneliusException($told['error'], $this->status, is_int($index) ? $index : null);
        }
        throw new CorneliusException("this is no answer of Dudley: HTTP {$this->status} with " . Batch::show($this->body), $this->status);
    }
}
