<?php

declare(strict_types=1);

namespace Roots;

/**
 * When a call must have ended.
 *
 * @internal
 */
final class Deadline
{
    private readonly float $at;

    public function __construct(float $seconds)
    {
        $this->at = hrtime(true) / 1e9 + $seconds;
    }

    /**
     * Returns the seconds that are left, more than none.
     *
     * @throws TimeoutException if there are none
     */
    public function left(): float
    {
        $left = $this->at - hrtime(true) / 1e9;

        return $left > 0 ? $left : throw new TimeoutException('timed out');
    }
}
