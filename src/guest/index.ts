export { type ConnectOptions, connectGuest } from "./connect.ts";
