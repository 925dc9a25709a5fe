# frozen_string_literal: true

require_relative "cornelius/error"
require_relative "cornelius/batch"
require_relative "cornelius/address"
require_relative "cornelius/answer"
require_relative "cornelius/connection"

# Speaks to Roots for a back-end written in Ruby.
#
#   require "cornelius"
#   roots = Cornelius.new
#   roots.update("my/data", "hello")
#
# Updates go to Dudley, the piece of Roots that takes them over HTTP.
#
# The rules
#
# 1. A call hands over all that it was given, in order, or nothing of it. A batch
#    of more than 1,000 updates or 1 MiB is an error and is not split.
# 2. A call that returns has been taken. That does not mean that anybody hears
#    those paths, nor that an id is of someone still there.
# 3. Nothing is sent twice. When no answer came, it is not known whether the
#    batch was taken; to send it again is for the caller to decide.
# 4. Whatever goes wrong is a Cornelius::Error.
# 5. A Cornelius may be used by many threads at once, and in a child after a
#    fork. Each call waits for its answer, no longer than the time-out.
# 6. Connections are kept for the next call, as many as were used at once, at
#    most eight. One that the server closed meanwhile is replaced.
#
# It keeps nothing else, retries nothing, and follows neither redirects nor the
# proxies of the environment.
class Cornelius
  MAX_KEPT = 8 # connections that wait for the next call
  private_constant :MAX_KEPT

  # +url+ is where Dudley listens: "http://localhost:8004/" or "unix:/path" for a
  # socket. +token+ is what he asks for, if he does. +timeout+ is how many seconds
  # a call may take in all, but for looking up the host's name.
  #
  # Raises Error when +url+ is no such address or +token+ can't be sent. Nothing
  # is sent yet.
  def initialize(url = "http://localhost:8004/", token: nil, timeout: 5)
    @url = url
    @timeout = timeout
    @address = Address.new(url, token)
    @kept = []
    @lock = Mutex.new # guards @kept
  end

  # Says that +message+ is the news of +path+. A String goes as it is. Anything
  # else that JSON knows arrives as its compact JSON text.
  def update(path, message) = updates([[path, message]])

  # Hands over all updates in order, or none of them. Each is a pair
  # [path, message] or a Hash {path:, message:}.
  def updates(updates)
    body = Batch.encode(updates)
    post(body).judge if body
    nil
  end

  # Says that from now on +id+ hears the path, or all of the paths.
  def connect(id, path_or_paths) = updates(Batch.connections("::connect", id, path_or_paths))

  # Says that +id+ hears the path, or any of the paths, no longer.
  def disconnect(id, path_or_paths) = updates(Batch.connections("::disconnect", id, path_or_paths))

  # Closes the connections that wait for the next call. A call after that opens a
  # new one.
  def close
    while (connection = take)
      connection.close
    end
  end

  private

  def post(body)
    exchange(@address.request(body), Deadline.new(@timeout))
  rescue Timeout::Error
    raise Error, "no answer came from #{@url} within #{@timeout} s"
  rescue SystemCallError, SocketError, IOError, OpenSSL::SSL::SSLError, Answer::Broken => e
    raise Error, "no answer came from #{@url}: #{e.message}"
  end

  def exchange(request, deadline)
    connection = reuse || Connection.new(@address, deadline)
    answer = connection.ask(request, deadline)
  ensure
    # What is still to come on any other would be the next call's answer.
    connection.close if connection && !(answer&.keep? && keep(connection))
  end

  def keep(connection) = @lock.synchronize { @kept.push(connection) if @kept.size < MAX_KEPT }

  def take = @lock.synchronize { @kept.pop }

  # Returns a kept connection that is still open and is this process's own.
  def reuse
    while (connection = take)
      return connection if connection.idle?

      connection.close
    end
  end
end
