package dudley

// Direct lets tests hold what reads and writes a connection beside the connection.
var Direct = direct
