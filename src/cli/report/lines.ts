import type { ProgressEvent } from "../../core/api/events.ts";
import { formatSize } from "../../core/model/size.ts";
import { fit, type Palette, printable } from "../render/style.ts";
import { duration } from "../render/time.ts";

type Of<T extends ProgressEvent["type"]> = Extract<ProgressEvent, { type: T }>;

/** Where the times of finished steps end. */
const timeColumn = 68;
const verbWidth = 5;
const barWidth = 24;

/** `spec: 2 vcpu | 1024 MiB | 8G disk` */
export function specLine({ vcpu, memoryMiB, diskBytes }: Omit<Of<"spec">, "type">): string {
  return `spec: ${vcpu} vcpu | ${memoryMiB} MiB | ${formatSize(diskBytes)} disk`;
}

/** `start  brave-otter  qemu, emulated`: verb, subject, detail. */
export function stepHead({ step, subject, detail }: Pick<Of<"step-start">, "step" | "subject" | "detail">): string {
  return [step.padEnd(verbWidth), subject, detail ?? ""]
    .filter((part) => part !== "")
    .map((part) => printable(part))
    .join("  ");
}

/** A finished step, its time in a column where the rest leaves room. */
export function stepLine(event: Of<"step-end">, { dim }: Palette): string {
  const head = stepHead(event);
  const time = duration(event.ms);
  const gap = Math.max(2, timeColumn - Bun.stringWidth(head) - time.length);
  return `${head}${" ".repeat(gap)}${dim(time)}`;
}

export function noticeLine({ level, message }: Of<"notice">, { warn }: Palette): string {
  return level === "warning" ? `${warn("warning:")} ${printable(message)}` : printable(message);
}

/** `       ████████░░░░  linux-image  41 of 63 MB`, at most `width` wide. */
export function progressLine({ label, done, total, unit }: Of<"step-progress">, width: number): string {
  const indent = " ".repeat(verbWidth + 2);
  const amount = total === undefined ? amountOf(done, unit) : ofTotal(Math.min(done, total), total, unit);
  const bar = total === undefined || total <= 0 ? "" : `${barOf(done / total)}  `;
  const room = width - indent.length - Bun.stringWidth(bar) - amount.length - 2;
  const text = room >= 4 && label !== "" ? `${fit(printable(label), room)}  ` : "";
  return fit(`${indent}${bar}${text}${amount}`, width);
}

function barOf(share: number): string {
  const full = Math.round(Math.max(0, Math.min(1, share)) * barWidth);
  return "█".repeat(full) + "░".repeat(barWidth - full);
}

function ofTotal(done: number, total: number, unit: string): string {
  if (unit !== "bytes") return `${done} of ${total} ${unit}`;
  const { divisor, name, digits } = scaleOf(total);
  return `${(done / divisor).toFixed(digits)} of ${(total / divisor).toFixed(digits)} ${name}`;
}

function amountOf(done: number, unit: string): string {
  if (unit !== "bytes") return `${done} ${unit}`;
  const { divisor, name, digits } = scaleOf(done);
  return `${(done / divisor).toFixed(digits)} ${name}`;
}

/** Downloads are counted in decimal units, as everywhere. */
function scaleOf(bytes: number): { divisor: number; name: string; digits: number } {
  if (bytes < 1e6) return { divisor: 1e3, name: "kB", digits: 0 };
  if (bytes < 1e9) return { divisor: 1e6, name: "MB", digits: bytes < 1e7 ? 1 : 0 };
  return { divisor: 1e9, name: "GB", digits: 2 };
}
