<?php

declare(strict_types=1);

namespace Roots;

/** Updates were not taken, or are not known to be. */
final class CorneliusException extends \Exception
{
    /**
     * @param ?int $status the HTTP status of the answer; 400 or 413 when what was given is not valid, which needs no
     *     asking; null when no answer came, and then getPrevious() says why, such as a TimeoutException
     * @param ?int $index which update or path of the call is at fault, from 0; null when it is none of them
     */
    public function __construct(
        string $text,
        public readonly ?int $status = null,
        public readonly ?int $index = null,
        ?\Throwable $previous = null,
    ) {
        parent::__construct($index === null ? $text : "item $index: $text", 0, $previous);
    }
}
