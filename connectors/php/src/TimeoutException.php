<?php

declare(strict_types=1);

namespace Roots;

/** The time was over before an answer came. */
final class TimeoutException extends \RuntimeException
{
}
