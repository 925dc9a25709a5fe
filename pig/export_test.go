package pig

// Quick is quick for the tests of package pig_test.
var Quick = quick
