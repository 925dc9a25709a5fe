# The harness of the connector for Ruby.
require_relative "../../ruby/lib/cornelius"

$stdout.sync = true
roots = nil
$stdin.each_line do |line|
  asked = JSON.parse(line)
  answer = {}
  begin
    if asked["call"] == "new"
      roots = Cornelius.new(asked["url"], token: asked["token"], timeout: asked["timeout"])
    else
      roots.public_send(asked["call"], *asked["args"])
    end
  rescue Cornelius::Error => e
    cause = e.cause.is_a?(Timeout::Error) ? "timeout" : "other"
    answer = { error: e.message, status: e.status, index: e.index, cause: cause }
  end
  puts JSON.generate(answer)
end
