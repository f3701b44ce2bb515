export { connectGuest } from "./connect.ts";
