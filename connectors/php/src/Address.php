<?php

declare(strict_types=1);

namespace Roots;

/**
 * Where Dudley listens: at a host and port, or at the socket of a path.
 *
 * @internal
 */
final class Address
{
    /** As stream_socket_client wants it. */
    public readonly string $remote;
    private readonly string $head;

    /** @throws CorneliusException */
    public function __construct(string $url, #[\SensitiveParameter] ?string $token)
    {
        $socket = preg_match('/^unix:(.+)$/Ds', $url, $match) === 1 ? $match[1] : null;
        // parse_url is too lenient to be asked.
        $form = '~^(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(/[\x21\x24-\x3b=\x40-\x7e]*)?$~Di';
        if (preg_match($form, $socket === null ? $url : 'http://localhost/', $part) !== 1 || (int) ($part[3] ?? 0) > 65535) {
            $text = sprintf('%s is no address of Dudley, which is written "http://localhost:8004/" or "unix:/path"', var_export($url, true));
            throw new CorneliusException($text);
        }
        $secure = strtolower($part[1]) === 'https';
        $port = ($part[3] ?? '') ?: ($secure ? '443' : '80');
        $this->remote = $socket === null ? ($secure ? 'ssl' : 'tcp') . "://{$part[2]}:$port" : "unix://$socket";
        $this->head = self::head($part[4] ?? '/', $part[2] . (($part[3] ?? '') === '' ? '' : ":{$part[3]}"), $token);
    }

    /** Returns the bytes that bring a body there. */
    public function request(string $body): string
    {
        return $this->head . 'Content-Length: ' . strlen($body) . "\r\n\r\n" . $body;
    }

    private static function head(string $target, string $host, #[\SensitiveParameter] ?string $token): string
    {
        $lines = ["POST $target HTTP/1.1", "Host: $host", 'Content-Type: application/json', 'Accept: application/json'];
        if ($token !== null) {
            if (preg_match('/^[\x20-\x7e]*$/D', $token) !== 1) {
                throw new CorneliusException('the token has characters that no header may have, such as a line feed at its end');
            }
            $lines[] = "Authorization: Bearer $token";
        }

        return implode("\r\n", $lines) . "\r\n";
    }
}
