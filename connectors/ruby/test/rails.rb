# frozen_string_literal: true

# Runs what the README shows for Rails, with Rails: its blocks of code stand in
# the README alone. It prints how each request was answered; where Dudley is says
# ROOTS_URL.
require "logger"
require "rails"
require "action_controller/railtie"
require "active_record"
require "rack/mock"
require_relative "../lib/cornelius"

README = File.read(File.join(__dir__, "../README.md"))

# Returns the block of the README whose first line names this file.
def shown(name) = README[/```ruby\n# #{Regexp.escape(name)}\n(.*?)```/m, 1] || abort("the README does not show #{name}")

class Shop < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.logger = Rails.logger = Logger.new(nil)
  config.secret_key_base = "secret"
  config.hosts.clear
  config.active_support.deprecation = :silence
  config.session_store :cookie_store, key: "session"
  config.action_controller.allow_forgery_protection = true
end

# Stands for the login: it gives a session and the token of its forms.
class LoginController < ActionController::Base
  def show
    session[:user_id] = 7
    render plain: form_authenticity_token
  end
end

eval(shown("config/initializers/roots.rb"))
eval(shown("app/controllers/roots_controller.rb"))
Shop.initialize!
eval(shown("config/routes.rb"))
Rails.application.routes.disable_clear_and_finalize = true
Rails.application.routes.draw { get "login", to: "login#show" }

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define { create_table(:orders) { |t| t.integer(:user_id); t.string(:state); t.string(:secret) } }
eval(shown("app/models/order.rb"))

BROWSER = Rack::MockRequest.new(Rails.application)
login = BROWSER.get("/login")
COOKIE = login["Set-Cookie"][/\A[^;]+/]
TOKEN = login.body

def post(path, body, token: TOKEN, cookie: COOKIE)
  headers = { input: body, "CONTENT_TYPE" => "application/json", "HTTP_COOKIE" => cookie, "HTTP_X_CSRF_TOKEN" => token }
  BROWSER.post(path, headers.compact).status
end

mine = JSON.generate(%w[orders/7 orders/8 ::register])
puts "connect #{post("/roots/connect/an-id", mine)}"
puts "disconnect #{post("/roots/disconnect/an-id", mine)}"
puts "without a token #{post("/roots/connect/an-id", mine, token: nil)}"
puts "with another token #{post("/roots/connect/an-id", mine, token: TOKEN.reverse)}"
puts "without a session #{post("/roots/connect/an-id", mine, cookie: nil)}"
puts "no array #{post("/roots/connect/an-id", "7")}"
puts "no id #{post("/roots/connect/a-%3Eb", mine)}"

Order.transaction do
  Order.create!(user_id: 7, state: "paid", secret: "x").update!(state: "sent")
  ROOTS.update("before", "the commit")
end
Order.transaction do
  Order.create!(user_id: 7, state: "never")
  raise ActiveRecord::Rollback
end
ROOTS.close
Object.send(:remove_const, :ROOTS)
ROOTS = Cornelius.new("unix:/no/such/socket")
Order.create!(user_id: 7, state: "saved")
puts "saved #{Order.pluck(:state).join(" ")}"
puts "without roots #{post("/roots/connect/an-id", mine)}"
