<?php

declare(strict_types=1);

namespace Roots;

/**
 * One connection to Dudley, which takes one request at a time.
 *
 * @internal
 */
final class Connection
{
    /** @var resource */
    private $stream;
    private readonly int $process;

    /** @throws \RuntimeException */
    public function __construct(Address $address, Deadline $deadline)
    {
        error_clear_last();
        $stream = @stream_socket_client($address->remote, $code, $text, $deadline->left());
        if ($stream === false) {
            $deadline->left(); // a connection that took too long has no code of its own
            throw new \RuntimeException($text ?: error_get_last()['message'] ?? 'it can\'t be connected to');
        }
        stream_set_blocking($stream, false);
        $this->stream = $stream;
        $this->process = getmypid();
    }

    /**
     * Whether there is nothing to read, not even the end, and the connection is
     * this process's own: one from before a fork is its parent's too.
     */
    public function isIdle(): bool
    {
        return $this->process === getmypid() && @fread($this->stream, 1) === '' && !feof($this->stream);
    }

    /**
     * Sends a request and returns its answer.
     *
     * @throws \RuntimeException
     */
    public function ask(string $request, Deadline $deadline): Answer
    {
        $this->send($request, $deadline);
        $raw = '';
        do {
            $ended = !$this->more($raw, $deadline);
            $answer = Answer::parse($raw, $ended);
        } while ($answer === null);

        return $answer;
    }

    private function send(string $request, Deadline $deadline): void
    {
        while ($request !== '') {
            $this->wait([], [$this->stream], $deadline);
            $sent = @fwrite($this->stream, $request);
            if ($sent === false) {
                throw new \RuntimeException(error_get_last()['message'] ?? 'the connection was cut');
            }
            $request = substr($request, $sent);
        }
    }

    /** Reads what there is, and returns whether there can be more. */
    private function more(string &$raw, Deadline $deadline): bool
    {
        // What TLS has decrypted already is there without anything to wait for.
        while (($data = @fread($this->stream, 1 << 16)) === '' && !feof($this->stream)) {
            $this->wait([$this->stream], [], $deadline);
        }
        $raw .= $data;

        return (string) $data !== '';
    }

    private function wait(array $read, array $write, Deadline $deadline): void
    {
        $none = [];
        $left = $deadline->left();
        @stream_select($read, $write, $none, (int) $left, (int) (($left - (int) $left) * 1e6));
    }
}
