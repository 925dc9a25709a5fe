# frozen_string_literal: true

require "json"

class Cornelius
  # An answer over HTTP, read from the bytes that came.
  class Answer
    # What came is no answer, and will never be one.
    class Broken < StandardError; end

    MAX = 1 << 16 # Dudley's longest is far shorter

    # Returns the answer at the front of what came, nil if there must come more of
    # it. +ended+ says that nothing more comes.
    def self.parse(raw, ended)
      raise Broken, "the answer is longer than #{MAX} bytes" if raw.bytesize > MAX

      status = 100
      while status.between?(100, 199)
        head, found, raw = raw.partition("\r\n\r\n")
        return if found.empty? && !ended

        status = head[%r{\AHTTP/1\.[01] (\d{3})(?: [^\r]*)?(?:\r\n|\z)}n, 1].to_i
        raise Broken, "the answer is no HTTP, or was cut: #{head[0, 80].inspect}" if found.empty? || status.zero?
      end
      body, left = body(status, head, raw, ended)
      raise Broken, "the answer was cut" if body.nil? && ended

      new(status, body, head, left.empty? && !ended) if body
    end

    # Returns the body and what follows it, nil if it is not whole.
    def self.body(status, head, raw, ended)
      return ["", raw] if [204, 304].include?(status)
      return chunks(raw) if header(head, "Transfer-Encoding").match?(/chunked/i)

      size = header(head, "Content-Length")
      return ([raw, ""] if ended) if size.empty?
      raise Broken, "#{size.inspect} is no length" unless size.match?(/\A\d{1,8}\z/)

      [raw[0, size.to_i], raw[size.to_i..]] if raw.bytesize >= size.to_i
    end

    def self.chunks(raw)
      body = "".b
      loop do
        line, found, raw = raw.partition("\r\n")
        return if found.empty?

        size = line[/\A(\h{1,8})[ \t]*(?:;.*)?\z/, 1] or raise Broken, "#{line[0, 80].inspect} is no size of a chunk"
        return trailer(body, raw) if size.hex.zero?
        return if raw.bytesize < size.hex + 2

        body << raw[0, size.hex]
        raw = raw[size.hex + 2..]
      end
    end

    # What may follow the last chunk goes up to an empty line.
    def self.trailer(body, raw)
      loop do
        line, found, raw = raw.partition("\r\n")
        return if found.empty?
        return [body, raw] if line.empty?
      end
    end

    def self.header(head, name) = head[/^#{name}:[ \t]*([^\r\n]*?)[ \t]*\r?$/i, 1].to_s

    private_class_method :new, :body, :chunks, :trailer

    def initialize(status, body, head, whole)
      @status = status
      @body = body.dup.force_encoding(Encoding::UTF_8)
      @keep = whole && head.start_with?("HTTP/1.1") && !Answer.header(head, "Connection").match?(/close/i)
    end

    # Whether the connection may be used again.
    def keep? = @keep

    # Raises Error unless Dudley took the batch.
    def judge
      told = parsed
      return if @status == 200 && told["success"] == true
      raise Error.new(told["error"], status: @status, index: told["index"]) if @status.between?(400, 499) && told["error"].is_a?(String)

      raise Error.new("this is no answer of Dudley: HTTP #{@status} with #{@body.scrub[0, 80].inspect}", status: @status)
    end

    private

    def parsed
      told = JSON.parse(@body)
      told.is_a?(Hash) ? told : {}
    rescue JSON::JSONError, EncodingError
      {}
    end
  end
  private_constant :Answer
end
