# frozen_string_literal: true

require "openssl"
require "uri"

class Cornelius
  # Where Dudley listens: at a host and port, or at the socket of a path.
  class Address
    attr_reader :host, :port, :socket, :tls

    def initialize(url, token)
      @socket = url[/\Aunix:(.+)/m, 1]
      uri = parse(@socket ? "http://localhost/" : url)
      unless uri
        raise Error, "#{url.inspect} is no address of Dudley, which is written \"http://localhost:8004/\" or \"unix:/path\""
      end

      @host = uri.hostname
      @port = uri.port
      @tls = trusted if uri.scheme == "https"
      @head = head(uri, token)
    end

    # Returns the bytes that bring a body there.
    def request(body) = "#{@head}Content-Length: #{body.bytesize}\r\n\r\n#{body}".b

    private

    def parse(url)
      uri = URI.parse(url)
      uri if uri.is_a?(URI::HTTP) && uri.host.to_s != "" && !(uri.query || uri.fragment || uri.userinfo)
    rescue URI::InvalidURIError
      nil
    end

    # Made once, because it reads all certificates of the system.
    def trusted = OpenSSL::SSL::SSLContext.new.tap(&:set_params)

    def head(uri, token)
      authority = uri.port == uri.default_port ? uri.host : "#{uri.host}:#{uri.port}"
      target = uri.path.empty? ? "/" : uri.path
      lines = ["POST #{target} HTTP/1.1", "Host: #{authority}", "Content-Type: application/json", "Accept: application/json"]
      lines << "Authorization: Bearer #{checked(token)}" if token
      lines.map { |line| "#{line}\r\n" }.join
    end

    def checked(token)
      return token if token.match?(/\A[\x20-\x7e]*\z/)

      raise Error, "the token has characters that no header may have, such as a line feed at its end"
    end
  end
  private_constant :Address
end
