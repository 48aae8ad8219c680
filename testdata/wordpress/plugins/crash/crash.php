<?php
/**
 * Plugin Name: Crash (stand-in)
 * Description: A stand-in of our own for a broken plugin: it ends PHP with a fatal error as it loads. For tests only.
 * Version: 1.0
 * License: MIT
 */

throw new RuntimeException( 'This plugin crashes as it loads.' );
