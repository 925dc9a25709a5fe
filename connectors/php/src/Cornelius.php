<?php

declare(strict_types=1);

namespace Roots;

/**
 * Speaks to Roots for a back-end written in PHP.
 *
 *     $roots = new Roots\Cornelius();
 *     $roots->update('my/data', 'hello');
 *
 * Updates go to Dudley, the piece of Roots that takes them over HTTP.
 *
 * The rules
 *
 * 1. A call hands over all that it was given, in order, or nothing of it. A batch
 *    of more than 1,000 updates or 1 MiB is an error and is not split.
 * 2. A call that returns has been taken. That does not mean that anybody hears
 *    those paths, nor that an id is of someone still there.
 * 3. Nothing is sent twice. When no answer came, it is not known whether the
 *    batch was taken; to send it again is for the caller to decide.
 * 4. Whatever goes wrong is a CorneliusException.
 * 5. Each call waits for its answer, no longer than the time-out.
 * 6. One connection is kept for the next call. If the server closed it meanwhile
 *    it is replaced. A child after a fork opens its own.
 *
 * It keeps nothing else, retries nothing, and follows neither redirects nor the
 * proxies of the environment.
 */
final class Cornelius
{
    private readonly Address $address;
    private ?Connection $kept = null;

    /**
     * Nothing is sent yet.
     *
     * @param string $url "http://localhost:8004/", or "unix:/path" for a socket
     * @param ?string $token what Dudley asks for, if he does
     * @param float $timeout how many seconds a call may take in all, but for looking up the host's name
     * @throws CorneliusException when the URL is no such address or the token can't be sent
     */
    public function __construct(
        private readonly string $url = 'http://localhost:8004/',
        #[\SensitiveParameter] ?string $token = null,
        private readonly float $timeout = 5.0,
    ) {
        $this->address = new Address($url, $token);
    }

    /**
     * Says that $message is the news of $path. A string goes as it is. Anything
     * else that JSON knows arrives as its compact JSON text.
     *
     * @throws CorneliusException
     */
    public function update(string $path, mixed $message): void
    {
        $this->updates([[$path, $message]]);
    }

    /**
     * Hands over all updates in order, or none of them.
     *
     * @param iterable<array{string, mixed}|array{path: string, message: mixed}> $updates
     * @throws CorneliusException
     */
    public function updates(iterable $updates): void
    {
        $body = Batch::encode($updates);
        if ($body !== null) {
            $this->post($body)->judge();
        }
    }

    /**
     * Says that from now on $id hears the path, or all of the paths.
     *
     * @param string|iterable<string> $pathOrPaths
     * @throws CorneliusException
     */
    public function connect(string $id, string|iterable $pathOrPaths): void
    {
        $this->updates(Batch::connections('::connect', $id, $pathOrPaths));
    }

    /**
     * Says that $id hears the path, or any of the paths, no longer.
     *
     * @param string|iterable<string> $pathOrPaths
     * @throws CorneliusException
     */
    public function disconnect(string $id, string|iterable $pathOrPaths): void
    {
        $this->updates(Batch::connections('::disconnect', $id, $pathOrPaths));
    }

    private function post(string $body): Answer
    {
        $deadline = new Deadline($this->timeout);
        $connection = $this->kept;
        // An answer that is still to come on it would be the next call's.
        $this->kept = null;
        try {
            if ($connection === null || !$connection->isIdle()) {
                $connection = new Connection($this->address, $deadline);
            }
            $answer = $connection->ask($this->address->request($body), $deadline);
        } catch (TimeoutException $cause) {
            throw new CorneliusException("no answer came from {$this->url} within {$this->timeout} s", previous: $cause);
        } catch (\RuntimeException $cause) {
            throw new CorneliusException("no answer came from {$this->url}: {$cause->getMessage()}", previous: $cause);
        }
        $this->kept = $answer->keep ? $connection : null;

        return $answer;
    }
}
