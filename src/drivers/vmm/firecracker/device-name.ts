/** The guest's name for the block device of a number, from 0: vda … vdz, vdaa … Pure. */
export function deviceName(index: number): string {
  let letters = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCodePoint(97 + ((rest - 1) % 26)) + letters;
  }
  return `/dev/vd${letters}`;
}
