# frozen_string_literal: true

require "io/wait"
require "socket"
require "timeout"

class Cornelius
  # When a call must have ended.
  class Deadline
    def initialize(seconds)
      @at = now + seconds
    end

    # Returns the seconds that are left, more than none. Raises Timeout::Error if
    # there are none.
    def left
      left = @at - now
      left.positive? ? left : raise(Timeout::Error, "timed out")
    end

    private

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
  private_constant :Deadline

  # One connection to Dudley, which takes one request at a time.
  class Connection
    def initialize(address, deadline)
      @process = Process.pid
      @io = @socket = open(address, deadline)
      secure(address, deadline) if address.tls
    rescue StandardError
      close
      raise
    end

    # Sends a request and returns its answer.
    def ask(request, deadline)
      until request.empty?
        sent = step(deadline) { @io.write_nonblock(request, exception: false) }
        request = request.byteslice(sent..)
      end
      receive(deadline)
    end

    # Whether there is nothing to read, not even the end, and the connection is
    # this process's own: one from before a fork is its parent's too.
    def idle?
      @process == Process.pid && @io.read_nonblock(1, exception: false) == :wait_readable
    rescue SystemCallError, IOError, OpenSSL::SSL::SSLError
      false
    end

    # A connection that the parent goes on with is not ended, only let go.
    def close = @socket&.close

    private

    def open(address, deadline)
      return Socket.unix(address.socket) if address.socket

      socket = Socket.tcp(address.host, address.port, connect_timeout: deadline.left)
      socket.setsockopt(:TCP, :NODELAY, true)
      socket
    rescue Errno::ETIMEDOUT => e
      raise Timeout::Error, e.message
    end

    def secure(address, deadline)
      @io = OpenSSL::SSL::SSLSocket.new(@socket, address.tls)
      @io.hostname = address.host
      step(deadline) { @io.connect_nonblock(exception: false) }
      @io.post_connection_check(address.host)
    end

    def receive(deadline)
      raw = "".b
      loop do
        data = step(deadline) { @io.read_nonblock(1 << 16, exception: false) }
        raw << data if data
        answer = Answer.parse(raw, data.nil?)
        return answer if answer
      end
    end

    # Repeats what can't go on yet, until it is done or the time is over.
    def step(deadline)
      loop do
        case result = yield
        when :wait_readable then @socket.wait_readable(deadline.left)
        when :wait_writable then @socket.wait_writable(deadline.left)
        else return result
        end
      end
    end
  end
  private_constant :Connection
end
