package batch

// Thorough is what Parse is measured by.
var Thorough = thorough
