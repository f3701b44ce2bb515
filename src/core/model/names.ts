import { BangerError } from "../api/errors.ts";

const pattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Checks a VM's name; throws BAD_NAME. It becomes a host name (`<name>.vm`), hence the rules of a DNS label. */
export function checkName(name: string): string {
  if (pattern.test(name)) return name;
  const shown = name.length > 70 ? `${name.slice(0, 70)}…` : name;
  const why =
    name.length > 63
      ? `is ${name.length} characters long, 63 are allowed`
      : /^-|-$/.test(name)
        ? "begins or ends with a hyphen"
        : "has characters other than a-z, 0-9 and -";
  throw new BangerError("BAD_NAME", `the name ${JSON.stringify(shown)} ${name === "" ? "is empty" : why}`, {
    hint: "names are 1 to 63 characters of a-z, 0-9 and -, with no hyphen at an end",
  });
}

const adjectives =
  "able amber ample apt azure balmy bold brave brief bright brisk calm candid civil clean clear clever cool cosy crisp curious daring deft eager early easy fair fast fine firm fleet fluent fond frank free fresh gentle glad golden grand green handy hardy hazel honest humble jolly just keen kind large lean light lively lucid lucky mellow merry mild modest neat nimble noble open patient plain plucky polite prime proud quick quiet rapid ready ripe rosy round royal sharp silent silver sleek smart smooth snug solid sound spry steady still stout subtle sunny sure swift tall tidy trim true vivid warm wise witty young".split(
    " ",
  );
const nouns =
  "alder ash aspen auk badger bat bear beaver beech bison bream carp cedar chough civet clover cod coot crane cricket crow cygnet deer dove drake duck eagle egret elk elm falcon fern finch fir fox frog gannet goose grouse gull hare hawk hazel heath heron holly hornet ibis ivy jay kite koala lark larch lemur lily linnet lion lynx magpie maple marten mole moth newt oak orca oriole osprey otter owl oxeye panda perch pike pine plover pony poplar puffin quail rabbit raven reed robin rook rowan salmon seal shrew sparrow spruce stoat stork swallow swan swift teal tern thrush tiger trout vole walrus weasel whale willow wolf wren yak yew".split(
    " ",
  );

/** An adjective-noun name that `taken` does not know; `random` gives numbers in [0, 1). */
export function generateName(taken: (name: string) => boolean, random: () => number): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? "vm";
  for (let attempt = 0; attempt < 50; attempt++) {
    const name = `${pick(adjectives)}-${pick(nouns)}`;
    if (!taken(name)) return name;
  }
  for (let number = 2; ; number++) {
    const name = `${pick(adjectives)}-${pick(nouns)}-${number}`;
    if (!taken(name)) return name;
  }
}
