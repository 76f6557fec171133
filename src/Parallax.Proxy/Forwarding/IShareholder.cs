namespace Parallax.Proxy.Forwarding;

/// <summary>One loop's part in what all loops share, see <see cref="ProxyShares"/>.</summary>
/// <remarks>Thread safety: any thread may call; what is asked is done later, on the loop.</remarks>
internal interface IShareholder
{
    /// <summary>The octets it holds for clients.</summary>
    ClientMemory Memory { get; }

    /// <summary>Has something idle closed.</summary>
    void AskForRoom();

    /// <summary>Lets requests try again that wait for a connection to their primary.</summary>
    void ServeWaiting();

    /// <summary>Another step of overload is in force.</summary>
    void OnOverload(OverloadStep step);
}
