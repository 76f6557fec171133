using Parallax.Proxy.Accounts;

namespace Parallax.Proxy.Bounds;

/// <summary>One loop, as the bounds that all loops share see it: see <see cref="ProxyShares"/>.</summary>
/// <remarks>Thread safety: any thread may call; what is asked is done later, on the loop.</remarks>
internal interface ISharingLoop
{
    /// <summary>The octets it holds for clients.</summary>
    ClientMemory Memory { get; }

    /// <summary>Closes something idle.</summary>
    void AskForRoom();

    /// <summary>Closes something idle, here or on another loop, because a request waits for a connection to its primary; once there is
    /// room, <see cref="ServeWaiting"/> follows.</summary>
    void MakeRoomForPrimary();

    /// <summary>Lets requests try again that wait for a connection to their primary.</summary>
    void ServeWaiting();

    /// <summary>Another step of overload is in force.</summary>
    void OnOverload(OverloadStep step);
}
