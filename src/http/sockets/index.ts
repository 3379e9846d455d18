/** A WebSocket's two ways: bytes in and records out, each no faster than the other end takes them. */
export { acceptSocket, asksForSocket, Connection, type ServerSocket } from "./connection.ts";
export { sendRecords } from "./send-records.ts";
export { SocketBytes } from "./socket-bytes.ts";
