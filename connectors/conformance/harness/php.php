<?php // The harness of the connector for PHP.
use Roots\Cornelius;
use Roots\CorneliusException;
use Roots\TimeoutException;

error_reporting(E_ALL);
set_error_handler(fn (int $level, string $text) => error_reporting() & $level ? throw new ErrorException($text) : false);
spl_autoload_register(function (string $class): void {
    require __DIR__ . '/../../php/src/' . substr($class, strlen('Roots\\')) . '.php';
});

while (($line = fgets(STDIN)) !== false) {
    $asked = json_decode($line);
    $answer = new stdClass();
    try {
        if ($asked->call === 'new') {
            $roots = new Cornelius($asked->url, token: $asked->token ?? null, timeout: $asked->timeout);
        } else {
            $roots->{$asked->call}(...$asked->args);
        }
    } catch (CorneliusException $e) {
        $cause = $e->getPrevious() instanceof TimeoutException ? 'timeout' : 'other';
        $answer = ['error' => $e->getMessage(), 'status' => $e->status, 'index' => $e->index, 'cause' => $cause];
    }
    echo json_encode($answer), "\n";
}
