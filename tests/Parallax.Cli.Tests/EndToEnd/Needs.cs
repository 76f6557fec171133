using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>What a test needs of the machine; it is skipped, visibly, where that is missing.</summary>
internal static class Needs
{
    public static void Root() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");

    public static void Libpcap() => Assert.SkipUnless(
        Directory.Exists("/usr/lib") && Directory.EnumerateFiles("/usr/lib", "libpcap.so.0.8", SearchOption.AllDirectories).Any(),
        "needs libpcap0.8");

    /// <summary>Python, which has pseudo-terminals.</summary>
    /// <returns>The interpreter.</returns>
    public static string Python()
    {
        const string Interpreter = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Interpreter), "needs python3");
        return Interpreter;
    }

    /// <summary>Node with the package goreplay_middleware, which ./test installs.</summary>
    /// <returns>The folder of packages.</returns>
    public static string GorMiddleware()
    {
        var packages = Path.Combine(RealData.Root, "artifacts", "npm", "node_modules");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(packages, "goreplay_middleware")) && File.Exists("/usr/bin/node"),
            "needs node and its package goreplay_middleware");
        return packages;
    }

    /// <summary>Node with the packages typescript and kubernetes-types, which ./test installs.</summary>
    /// <returns>The folder of packages.</returns>
    public static string KubernetesTypes()
    {
        var packages = Path.Combine(RealData.Root, "artifacts", "npm", "node_modules");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(packages, "kubernetes-types")) && File.Exists("/usr/bin/node"),
            "needs node and its packages typescript and kubernetes-types");
        return packages;
    }

    /// <summary>The package through which eng/under-seccomp sets filters of system calls.</summary>
    public static void Seccomp() => Assert.SkipUnless(
        Directory.Exists("/usr/lib/python3/dist-packages")
            && Directory.EnumerateFiles("/usr/lib/python3/dist-packages", "seccomp*.so").Any(),
        "needs python3-seccomp");

    /// <summary>Live capture.</summary>
    public static void RawPackets()
    {
        Root();
        Libpcap();
    }
}
