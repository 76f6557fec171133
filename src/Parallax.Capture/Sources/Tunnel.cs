namespace Parallax.Capture.Sources;

/// <summary>The tunnels that mirrored packets arrive in at a UDP port.</summary>
public enum Tunnel : byte
{
    /// <summary>VXLAN (RFC 7348), as AWS VPC Traffic Mirroring sends it.</summary>
    Vxlan,

    /// <summary>GENEVE (RFC 8926), as AWS Gateway Load Balancer sends it, possibly with VXLAN inside.</summary>
    Geneve,
}
