import type { Duplex } from "node:stream";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { ExecRequest, GuestProcess } from "../core/api/guest.ts";
import type { VmRecord } from "../core/model/vm.ts";
import { type Frame, frameHeader, FrameParser } from "../rpc/frame-codec.ts";
import { frameTypes, type ExecFrameRequest } from "../rpc/frames.ts";

/** Starts the program of a request in its VM. */
export type StartProgram = (request: ExecFrameRequest, signal: AbortSignal) => Promise<GuestProcess>;
