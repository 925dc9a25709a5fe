<?php // Runs what the README shows for Laravel, with Laravel: its blocks of code
// stand in the README alone. It prints how each request was answered; where
// Dudley is says ROOTS_URL.
error_reporting(E_ALL & ~E_DEPRECATED); // Laravel 8 is older than PHP 8.2
require 'Illuminate/autoload.php';
spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, 'Roots\\')) {
        require __DIR__ . '/../src/' . substr($class, strlen('Roots\\')) . '.php';
    }
});

use Illuminate\Auth\Access\AuthorizationException;
use Illuminate\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Http\Middleware\VerifyCsrfToken;
use Illuminate\Http\Request;
use Illuminate\Session\Middleware\StartSession;
use Illuminate\Session\TokenMismatchException;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Facade;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Schema;

/** Returns the block of the README whose first line names this file. */
function shown(string $name): string
{
    $readme = file_get_contents(__DIR__ . '/../README.md');
    preg_match('~```php\n// ' . preg_quote($name, '~') . '[^\n]*\n(.*?)```~s', $readme, $match) || exit("the README does not show $name\n");

    return $match[1];
}

/** Counts what was reported, and lets the rest through. */
final class Reports implements ExceptionHandler
{
    public int $count = 0;

    public function report(Throwable $e): void
    {
        $this->count += $e instanceof Roots\CorneliusException ? 1 : 0;
    }

    public function shouldReport(Throwable $e): bool
    {
        return true;
    }

    public function render($request, Throwable $e): never
    {
        throw $e;
    }

    public function renderForConsole($output, Throwable $e): never
    {
        throw $e;
    }
}

/** Stands for Laravel's own, which needs a guard. */
final class Authenticate
{
    public function handle(Request $request, Closure $next): mixed
    {
        $id = $request->session()->get('user');
        $request->setUserResolver(fn () => $id === null ? null : (object) ['id' => $id]);

        return $id === null ? throw new AuthorizationException() : $next($request);
    }
}

$app = new Application(__DIR__);
$app->instance('config', new Repository([
    'services' => eval('return [' . shown('config/services.php') . '];'),
    'app' => ['key' => str_repeat('k', 32), 'cipher' => 'AES-256-CBC'],
    'session' => ['driver' => 'array', 'cookie' => 'session', 'lifetime' => 60, 'expire_on_close' => false, 'lottery' => [0, 1],
        'path' => '/', 'domain' => null, 'secure' => false, 'http_only' => true, 'same_site' => 'lax'],
    'database' => ['default' => 'test', 'connections' => ['test' => ['driver' => 'sqlite', 'database' => ':memory:', 'prefix' => '']]],
]));
$reports = new Reports();
$app->instance(ExceptionHandler::class, $reports);
Facade::setFacadeApplication($app);
foreach ([Illuminate\Encryption\EncryptionServiceProvider::class, Illuminate\Session\SessionServiceProvider::class, Illuminate\Database\DatabaseServiceProvider::class] as $provider) {
    $app->register($provider);
}
$app->boot();
$app['router']->middlewareGroup('web', [StartSession::class, VerifyCsrfToken::class]);
$app['router']->aliasMiddleware('auth', Authenticate::class);
$app->bind(VerifyCsrfToken::class, fn ($app) => new class($app, $app['encrypter']) extends VerifyCsrfToken {
    protected function runningUnitTests()
    {
        return false;
    }
});

(function () {
    eval(shown('app/Providers/AppServiceProvider.php'));
})->call(new class($app) {
    public function __construct(public Application $app)
    {
    }
});
eval(shown('app/Http/Controllers/RootsController.php'));
eval(shown('app/Models/Order.php'));
Route::middleware('web')->group(function () {
    eval(shown('routes/web.php'));
    Route::get('/login', function (Request $request) {
        $request->session()->put('user', 7);

        return $request->session()->token() . ' ' . $request->session()->getId();
    });
});

function ask(string $method, string $path, array $cookies = [], array $server = [], string $body = ''): string
{
    $request = Request::create("http://localhost$path", $method, [], $cookies, [], $server, $body);
    app()->instance('request', $request);
    try {
        $answer = app('router')->dispatch($request);
    } catch (TokenMismatchException) {
        return '419';
    } catch (AuthorizationException) {
        return '403';
    }

    return $answer->getStatusCode() . ' ' . $answer->getContent();
}

[, $token, $session] = explode(' ', ask('GET', '/login'));
$post = fn (string $path, string $body, ?string $with = null): string => trim(ask('POST', $path, ['session' => $session], ['HTTP_X_CSRF_TOKEN' => $with ?? $token], $body));
$mine = json_encode(['orders/8', 'orders/7', '::register']);
echo 'connect ', $post('/roots/connect/an-id', $mine), "\n";
echo 'disconnect ', $post('/roots/disconnect/an-id', $mine), "\n";
echo 'without a token ', $post('/roots/connect/an-id', $mine, ''), "\n";
echo 'with another token ', $post('/roots/connect/an-id', $mine, strrev($token)), "\n";
echo 'no array ', $post('/roots/connect/an-id', '7'), "\n";
echo 'no id ', $post('/roots/connect/a->b', $mine), "\n";

Schema::create('orders', function ($table): void {
    $table->id();
    $table->integer('user_id');
    $table->string('state');
    $table->timestamps();
});
$order = function (string $state): void {
    $order = new App\Models\Order();
    $order->user_id = 7;
    $order->state = $state;
    $order->save();
};
DB::transaction(function () use ($order): void {
    $order('sent');
    app(Roots\Cornelius::class)->update('before', 'the commit');
});
try {
    DB::transaction(function () use ($order): void {
        $order('never');
        throw new DomainException();
    });
} catch (DomainException) {
}
$app->instance(Roots\Cornelius::class, new Roots\Cornelius('unix:/no/such/socket'));
foreach (Route::getRoutes() as $route) {
    $route->controller = null; // it has the other one
}
$order('saved');
echo 'saved ', App\Models\Order::pluck('state')->join(' '), ', reported ', $reports->count, "\n";
echo 'without roots ', $post('/roots/connect/an-id', $mine), "\n";
