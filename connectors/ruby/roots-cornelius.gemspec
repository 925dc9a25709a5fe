Gem::Specification.new do |spec|
  spec.name = "roots-cornelius"
  spec.version = "0.1.0"
  spec.summary = "Pushes updates to browsers through Roots"
  spec.authors = ["The Roots authors"]
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.0"
  spec.files = Dir["lib/**/*.rb", base: __dir__] + ["README.md"]
end
