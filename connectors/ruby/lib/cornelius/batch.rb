# frozen_string_literal: true

require "json"

class Cornelius
  # What goes out: batches of updates as JSON, checked as far as Roots would not
  # tell the caller what is wrong with them.
  module Batch
    MAX_PATH = 255
    MAX_BODY = 1 << 20

    module_function

    # Returns the body of a batch, nil if there are no updates.
    def encode(updates)
      items = updates.each_with_index.map { |update, index| item(update, index) }
      return if items.empty?

      body = "[#{items.join(",")}]"
      return body if body.bytesize <= MAX_BODY

      raise Error.new("the batch is #{body.bytesize} bytes of JSON, at most #{MAX_BODY} are allowed", status: 413)
    end

    def item(update, index)
      path, message = pair(update, index)
      JSON.generate({ path: path, message: message })
    rescue JSON::JSONError, EncodingError => e
      raise Error.new("a message is text, or what JSON knows: #{e.message.scrub[0, 200]}", status: 400, index: index)
    end

    def pair(update, index)
      case update
      in [path, message] then [path, message]
      in { path:, message: } then [path, message]
      else
        text = "an update is a pair [path, message] or a Hash {path:, message:}, not #{update.inspect[0, 80]}"
        raise Error.new(text, status: 400, index: index)
      end
    end

    # Returns the updates that say who hears what.
    def connections(verb, id, path_or_paths)
      paths = path_or_paths.respond_to?(:each) ? path_or_paths : [path_or_paths]
      paths.each_with_index.map { |path, index| [verb, connection(id, path, index)] }
    end

    # Makes the message of a connection, checked as Roots will check it: there a
    # bad one is only logged, where the caller does not see it.
    def connection(id, path, index)
      unless text?(id) && !id.empty? && !id.include?("->")
        raise Error.new("#{id.inspect[0, 80]} is no id, such as a browser sends", status: 400, index: index)
      end
      return "#{id}->#{path}" if path?(path)

      text = "#{path.inspect[0, 80]} can't be connected to: a path is printable text of 1 to #{MAX_PATH} bytes without '::' in front"
      raise Error.new(text, status: 400, index: index)
    end

    def text?(value) = value.is_a?(String) && value.encoding == Encoding::UTF_8 && value.valid_encoding?

    def path?(path)
      text?(path) && path.bytesize <= MAX_PATH && path.match?(/\A\P{Cc}+\z/) && !path.start_with?("::")
    end
  end
  private_constant :Batch
end
