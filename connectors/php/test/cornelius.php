<?php // What is PHP's own. What all connectors have in common is in
// connectors/conformance. It prints "ok", or what is wrong.
declare(strict_types=1);

use Roots\Cornelius;
use Roots\CorneliusException;

error_reporting(E_ALL);
set_error_handler(fn (int $level, string $text) => error_reporting() & $level ? throw new ErrorException($text) : false);
spl_autoload_register(function (string $class): void {
    require __DIR__ . '/../src/' . substr($class, strlen('Roots\\')) . '.php';
});

function refused(?int $status, ?int $index, Closure $call): CorneliusException
{
    try {
        $call();
    } catch (CorneliusException $e) {
        if ([$e->status, $e->index] !== [$status, $index] || !preg_match('//u', $e->getMessage())) {
            exit('wrong: ' . $e);
        }

        return $e;
    }
    exit('nothing was refused at line ' . debug_backtrace()[0]['line']);
}

$roots = new Cornelius(getenv('DUDLEY'));

// Updates are pairs or arrays with keys, from anything that can be walked.
$roots->updates((function () {
    yield 'same key' => ['a', '1'];
    yield 'same key' => ['message' => 2.0, 'more' => 1, 'path' => 'b'];
})());
$roots->update('c', new ArrayObject());
$roots->update('d', [3 => 'x']);
$roots->connect('id', new ArrayIterator([5 => 'p', 7 => 'q']));

foreach (['pm', ['p'], ['p', 'm', 'x'], ['path' => 'p'], [], null, 7] as $wrong) {
    refused(400, 1, fn () => $roots->updates([['p', 'm'], $wrong]));
}
$circle = [];
$circle[] = &$circle;
foreach (["\xff", NAN, INF, $circle, STDIN] as $wrong) {
    $e = refused(400, 1, fn () => $roots->updates([['p', 'm'], ['p', $wrong]]));
    $e->getPrevious() instanceof JsonException || exit('no cause: ' . $e);
}
refused(400, 0, fn () => $roots->update("\xff", 'm'));
foreach (["\xff", null, 7, "a\n"] as $wrong) {
    refused(400, 1, fn () => $roots->connect('id', ['p', $wrong]));
}
refused(400, 0, fn () => $roots->connect("\xff", 'p'));

foreach (['', 'http:///x', 'http://user:secret@localhost/', 'unix:', "http://localhost/\r\nX: 1", 'http://localhost:99999/'] as $wrong) {
    refused(null, null, fn () => new Cornelius($wrong));
}
$e = refused(null, null, fn () => new Cornelius(token: "secret\n"));
str_contains((string) $e, 'secret') && PHP_VERSION_ID >= 80200 && exit('the token is told: ' . $e);

$e = refused(null, null, fn () => (new Cornelius('unix:/no/such/socket'))->update('p', 'm'));
str_contains($e->getMessage(), 'No such file') || exit('no reason: ' . $e);

echo 'ok';
