using BenchmarkDotNet.Running;
using Parallax.Benchmarks.Commands;

return args switch
{
    ["generate", .. var rest] => GenerateCommand.Run(new(rest)),
    ["send", .. var rest] => SendCommand.Run(new(rest)),
    ["extract", .. var rest] => ExtractCommand.Run(new(rest)),
    ["http-load", .. var rest] => HttpLoadCommand.Run(new(rest)),
    ["odd-server", .. var rest] => OddServerCommand.Run(new(rest)),
    ["shadow", .. var rest] => ShadowCommand.Run(new(rest)),
    ["record", .. var rest] => RecordCommand.Run(new(rest)),
    ["types", .. var rest] => BenchmarkSwitcher.FromAssembly(typeof(Switches).Assembly).Run(rest).Any() ? 0 : 1,
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        parallax-bench generate --file F --megabytes N [--vxlan] [LOAD]
            writes a capture file
        parallax-bench send --port P [--rate PACKETS/S] [--seconds N | --packets N] [LOAD]
            sends VXLAN datagrams to 127.0.0.1:P; without a rate as fast as it goes
        parallax-bench extract --file F [--rounds N] [--stage read|decode|flows|exchanges]
            reads the file again and again in one process, a line of JSON each time
        parallax-bench http-load --port P [--connections N] [--rate REQUESTS/S] [--seconds N] [--post-percent N] [--body-bytes N]
            sends requests to 127.0.0.1:P at a fixed rate; prints what the client saw, and a digest over all answers
        parallax-bench odd-server --oddity healthy|slow|hang|deaf|reset|flood|close [--port P]
            a shadow that behaves badly
        parallax-bench shadow --to ADDRESS:PORT [--depth N] [--body BYTES] [--under-way N [64]] [--requests N] [--rounds N]
            sends prepared requests to a server, a line of JSON each round
        parallax-bench record --file F [--exchanges N] [--as plx|plain|recorder] [--coding none|gzip|brotli] [--redact yes]
            records as fast as it goes, or writes the same octets to a plain file
        parallax-bench types [BenchmarkDotNet's switches]
            measures single types

        LOAD: --connections N [256]  --packets-per-turn N [1]  --exchanges-per-connection N [100]
              --post-percent N [20]  --swap-percent N [1]  --seed N [1]
        """);
    return 2;
}
