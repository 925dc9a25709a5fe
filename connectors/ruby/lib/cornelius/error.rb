# frozen_string_literal: true

class Cornelius
  # Updates were not taken, or are not known to be.
  #
  # +status+ is the HTTP status of the answer; 400 or 413 when what was given is
  # not valid, which needs no asking; nil when no answer came, and then +cause+
  # says why, such as a Timeout::Error. +index+ is which update or path of the
  # call is at fault, from 0; nil when it is none of them.
  class Error < StandardError
    attr_reader :status, :index

    def initialize(text = nil, status: nil, index: nil)
      super(index ? "item #{index}: #{text}" : text)
      @status = status
      @index = index
    end
  end
end
