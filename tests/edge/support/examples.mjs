// Examples in documents: commands, each with the output that it is shown to have.

/// The commands of all console blocks, each with the output that is shown.
export function examples(markdown) {
  const blocks = [...markdown.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, block]) => block);
  return blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map((example) => {
    const [command, ...output] = example.split("\n");
    return { command, output: output.join("\n") };
  });
}
