using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>The script in the root that builds when needed and runs, with a compiler that only says that it was called.</summary>
public sealed class FirstBuildTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("parallax-first-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Script_WithoutAnExecutable_SaysThatItBuilds()
    {
        Assert.Equal((0, "ran --version\n", "building… (once)\n"), await RunAsync());
        Assert.Equal((0, "ran --version\n", ""), await RunAsync());
    }

    [Fact]
    public async Task Script_BuildThatFails_ShowsWhy()
    {
        await PrepareAsync("echo nothing works; exit 1");
        var ended = await Tool.RunAsync(Path.Combine(_root, "parallax"), ["--version"], Programs);
        Assert.Equal((2, "", "building… (once)\nnothing works\n"), ended);
    }

    private (string, string) Programs => ("PATH", $"{_root}/bin:{Environment.GetEnvironmentVariable("PATH")}");

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync()
    {
        var program = "artifacts/bin/Parallax.Cli/release/parallax";
        await PrepareAsync($"""
            mkdir -p "$(dirname {program})"
            printf '#!/bin/sh\necho ran "$@"\n' >{program}
            chmod +x {program}
            touch {program}.dll
            """);
        return await Tool.RunAsync(Path.Combine(_root, "parallax"), ["--version"], Programs);
    }

    private async Task PrepareAsync(string build)
    {
        Directory.CreateDirectory(Path.Combine(_root, "src"));
        Directory.CreateDirectory(Path.Combine(_root, "bin"));
        File.Copy(Path.Combine(RealData.Root, "parallax"), Path.Combine(_root, "parallax"), overwrite: true);
        await Tool.ScriptAsync(Path.Combine(_root, "bin", "dotnet"), $"#!/bin/sh\n{build}\n");
    }
}
