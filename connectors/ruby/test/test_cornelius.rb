# frozen_string_literal: true

# What is Ruby's own. What all connectors have in common is in
# connectors/conformance.
require "minitest/autorun"
require_relative "../lib/cornelius"

# A server that keeps the bodies it is sent, and counts its connections.
class Kept
  attr_reader :bodies, :connections

  def initialize
    @listener = TCPServer.new("127.0.0.1", 0)
    @bodies = Queue.new
    @connections = 0
    @thread = Thread.new { accept }
  end

  def url = "http://127.0.0.1:#{@listener.addr[1]}/"

  def close
    @listener.close
    @thread.join
  end

  private

  def accept
    loop do
      peer = @listener.accept
      @connections += 1
      Thread.new { serve(peer) }
    end
  rescue IOError
    nil
  end

  def serve(peer)
    while peer.gets
      size = 0
      while (line = peer.gets.chomp) != ""
        size = line[/\d+/].to_i if line.start_with?("Content-Length")
      end
      @bodies << JSON.parse(peer.read(size))
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"success\":true}")
    end
  end
end

class TestCornelius < Minitest::Test
  def setup
    @server = Kept.new
    @roots = Cornelius.new(@server.url)
  end

  def teardown
    @roots.close
    @server.close
  end

  def bodies = Array.new(@server.bodies.size) { @server.bodies.pop }

  def refused(status, index)
    error = assert_raises(Cornelius::Error) { yield }
    assert_equal([status, index], [error.status, error.index], error.message)
    assert_predicate(error.message, :valid_encoding?)
    assert_empty(bodies)
  end

  def test_updates_are_pairs_or_hashes_from_anything_that_can_be_walked
    assert_nil(@roots.updates([["a", "1"], { path: "b", message: nil, more: 1 }].each))
    @roots.updates({ "c" => :symbol })
    @roots.connect("id", %w[p q].to_enum)
    assert_equal([
      [{ "path" => "a", "message" => "1" }, { "path" => "b", "message" => nil }],
      [{ "path" => "c", "message" => "symbol" }],
      [{ "path" => "::connect", "message" => "id->p" }, { "path" => "::connect", "message" => "id->q" }],
    ], bodies)
  end

  def test_no_update
    ["pm", ["p"], %w[p m x], { path: "p" }, {}, nil, 7].each do |wrong|
      refused(400, 1) { @roots.updates([%w[p m], wrong]) }
    end
  end

  def test_no_message
    circle = []
    circle << circle
    ["\xff", "\xff".b, "\xe9".dup.force_encoding("UTF-8"), Float::NAN, Float::INFINITY, circle].each do |wrong|
      refused(400, 1) { @roots.updates([%w[p m], ["p", wrong]]) }
    end
  end

  def test_other_encodings_arrive_as_text
    @roots.update("p", "é".encode("ISO-8859-1"))
    assert_equal([[{ "path" => "p", "message" => "é" }]], bodies)
  end

  def test_no_connection
    ["\xff", nil, 7, :p].each do |wrong|
      refused(400, 1) { @roots.connect("id", ["p", wrong]) }
      refused(400, 0) { @roots.connect(wrong, "p") }
    end
    refused(400, 0) { @roots.connect("id", nil) }
  end

  def test_address
    ["", "http:///x", "http://user:secret@localhost/", "unix:", "http://localhost:65536000/x y"].each do |wrong|
      assert_raises(Cornelius::Error) { Cornelius.new(wrong) }
    end
    error = assert_raises(Cornelius::Error) { Cornelius.new(token: "secret\n") }
    refute_includes(error.message, "secret")
  end

  def test_causes
    error = assert_raises(Cornelius::Error) { Cornelius.new("unix:/no/such/socket").update("p", "m") }
    assert_instance_of(Errno::ENOENT, error.cause)
    error = assert_raises(Cornelius::Error) { Cornelius.new("http://no-such-host.invalid/", timeout: 60).update("p", "m") }
    assert_kind_of(SocketError, error.cause)
  end

  def test_many_threads_keep_few_connections
    2.times do
      Array.new(12) { |n| Thread.new { 5.times { @roots.update("p", n) } } }.each(&:join)
    end
    assert_equal(120, bodies.size)
    assert_operator(@roots.instance_variable_get(:@kept).size, :<=, 8)
  end

  def test_a_child_opens_its_own
    @roots.update("p", "before")
    child = fork do
      @roots.update("p", "child")
      exit!(0)
    ensure
      exit!(1)
    end
    Process.wait(child)
    assert_predicate($?, :success?)
    @roots.update("p", "parent")
    assert_equal(2, @server.connections)
  end
end
