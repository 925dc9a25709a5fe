export class CorneliusError extends Error {
  constructor(text, { status, index, cause } = {}) {
    super(index === undefined ? text : `item ${index}: ${text}`, cause === undefined ? undefined : { cause });
    this.name = "CorneliusError";
    this.status = status;
    this.index = index;
  }
}
